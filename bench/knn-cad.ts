// A peer for the benchmark of anomaly scores, written from its paper: conformal k-nearest-neighbour anomaly detection
// (Burnaev and Ishimtsev 2016, arXiv:1608.04585) with the parameters of its entry on the NAB board: 27 neighbours of
// vectors of 19 values in the metric of their second moments, and quiet for a fifth of the probation after a detection.

const length = 19;
const neighbours = 27;
const alarm = 0.9965;

/** Lower factor of the vectors' sum of outer products; null where it has none. */
function factor(values: Float64Array, vectors: readonly number[]): Float64Array | null {
  const moments = new Float64Array(length * length);
  for (const from of vectors)
    for (let i = 0; i < length; i++)
      for (let j = 0; j <= i; j++)
        moments[i * length + j] = at(moments, i * length + j) + at(values, from + i) * at(values, from + j);
  for (let i = 0; i < length; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(moments, i * length + j);
      for (let k = 0; k < j; k++) sum -= at(moments, i * length + k) * at(moments, j * length + k);
      if (i === j) {
        if (!(sum > 0)) return null;
        moments[i * length + i] = Math.sqrt(sum);
      } else moments[i * length + j] = sum / at(moments, j * length + j);
    }
  return moments;
}

/** A vector in coordinates in which the metric is the plain one. */
function whitened(values: Float64Array, from: number, lower: Float64Array | null): Float64Array {
  const vector = values.slice(from, from + length);
  if (lower === null) return vector;
  for (let i = 0; i < length; i++) {
    let sum = at(vector, i);
    for (let j = 0; j < i; j++) sum -= at(lower, i * length + j) * at(vector, j);
    vector[i] = sum / at(lower, i * length + i);
  }
  return vector;
}

/** Sum of the squared distances to the nearest of the training set; to itself there is none. */
function nonconformity(vector: Float64Array, training: readonly Float64Array[], itself: number): number {
  const nearest = new Float64Array(neighbours + itself).fill(Number.POSITIVE_INFINITY);
  const last = nearest.length - 1;
  for (const other of training) {
    let square = 0;
    for (let i = 0; i < length; i++) {
      const apart = (vector[i] ?? 0) - (other[i] ?? 0);
      square += apart * apart;
    }
    if (square >= (nearest[last] ?? 0)) continue;
    let place = last;
    for (; place > 0 && (nearest[place - 1] ?? 0) > square; place--) nearest[place] = nearest[place - 1] ?? 0;
    nearest[place] = square;
  }
  return nearest.reduce((sum, square) => (square < Number.POSITIVE_INFINITY ? sum + square : sum), 0);
}

/** Scores a series, 0 to 1; nothing is scored in its probation. */
export function knnCad(values: Float64Array, probation: number): Float64Array {
  const scores = new Float64Array(values.length);
  let lower: Float64Array | null = null;
  let training: number[] = [];
  let whitenedTraining: Float64Array[] = [];
  const calibration: number[] = [];
  const calibrated: number[] = [];
  let quiet = 0;
  for (let row = length - 1; row < values.length; row++) {
    const from = row - length + 1;
    const seen = row + 1;
    if (seen < probation) {
      training.push(from);
      continue;
    }
    if (seen % probation === 0 || seen % probation === Math.floor(probation / 2)) {
      lower = factor(values, training) ?? lower;
      const metric = lower;
      whitenedTraining = training.map((one) => whitened(values, one, metric));
    }
    if (calibrated.length === 0)
      for (const vector of whitenedTraining) calibrated.push(nonconformity(vector, whitenedTraining, 1));
    const own = nonconformity(whitened(values, from, lower), whitenedTraining, 0);
    const score = calibrated.filter((one) => one < own).length / calibrated.length;
    if (seen >= 2 * probation) {
      const next = calibration.shift() ?? from;
      training = [...training.slice(1), next];
      whitenedTraining = [...whitenedTraining.slice(1), whitened(values, next, lower)];
    }
    calibrated.shift();
    calibration.push(from);
    calibrated.push(own);
    if (quiet > 0) {
      quiet--;
      scores[row] = 0.5;
    } else {
      if (score >= alarm) quiet = Math.floor(probation / 5);
      scores[row] = score;
    }
  }
  return scores;
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] as number;
}
