// What the expressions of a network compute, as the oracle's JavaScript has it where C differs. Flat code knows each by its
// place here: `operations` of network-graph.ts has the same words in the same order.
#pragma once

namespace of {

__device__ inline double infinity() { return 1e300 * 1e300; }
__device__ inline double notANumber() { return infinity() - infinity(); }

enum Operation { moveOperation, addToOperation, selectOperation, timeOperation, firstFunction };

// of two numbers; C gives 1 for 1 to the power of anything, and lets a number win over one that is none
__device__ inline double add(double a, double b) { return a + b; }
__device__ inline double subtract(double a, double b) { return a - b; }
__device__ inline double multiply(double a, double b) { return a * b; }
__device__ inline double divide(double a, double b) { return a / b; }
__device__ inline double power(double a, double b) { return b != b || (fabs(a) == 1.0 && fabs(b) == infinity()) ? notANumber() : pow(a, b); }
__device__ inline double quotient(double a, double b) { return trunc(a / b); }
__device__ inline double remainder(double a, double b) { return a - b * trunc(a / b); }
__device__ inline double implies(double a, double b) { return a == 0.0 || b != 0.0 ? 1.0 : 0.0; }
__device__ inline double minimum(double a, double b) { return a != a ? a : b != b ? b : fmin(a, b); }
__device__ inline double maximum(double a, double b) { return a != a ? a : b != b ? b : fmax(a, b); }
__device__ inline double and_(double a, double b) { return a != 0.0 && b != 0.0 ? 1.0 : 0.0; }
__device__ inline double or_(double a, double b) { return a != 0.0 || b != 0.0 ? 1.0 : 0.0; }
__device__ inline double exclusiveOr(double a, double b) { return (a != 0.0) != (b != 0.0) ? 1.0 : 0.0; }
__device__ inline double equal(double a, double b) { return a == b ? 1.0 : 0.0; }
__device__ inline double notEqual(double a, double b) { return a != b ? 1.0 : 0.0; }
__device__ inline double less(double a, double b) { return a < b ? 1.0 : 0.0; }
__device__ inline double lessOrEqual(double a, double b) { return a <= b ? 1.0 : 0.0; }
__device__ inline double greater(double a, double b) { return a > b ? 1.0 : 0.0; }
__device__ inline double greaterOrEqual(double a, double b) { return a >= b ? 1.0 : 0.0; }

// of one
__device__ inline double negate(double x) { return -x; }
__device__ inline double absolute(double x) { return fabs(x); }
__device__ inline double exponential(double x) { return exp(x); }
__device__ inline double logarithm(double x) { return log(x); }
__device__ inline double floor(double x) { return ::floor(x); }
__device__ inline double ceiling(double x) { return ceil(x); }
__device__ inline double sine(double x) { return sin(x); }
__device__ inline double cosine(double x) { return cos(x); }
__device__ inline double tangent(double x) { return tan(x); }
__device__ inline double secant(double x) { return 1.0 / cos(x); }
__device__ inline double cosecant(double x) { return 1.0 / sin(x); }
__device__ inline double cotangent(double x) { return 1.0 / tan(x); }
__device__ inline double hyperbolicSine(double x) { return sinh(x); }
__device__ inline double hyperbolicCosine(double x) { return cosh(x); }
__device__ inline double hyperbolicTangent(double x) { return tanh(x); }
__device__ inline double hyperbolicSecant(double x) { return 1.0 / cosh(x); }
__device__ inline double hyperbolicCosecant(double x) { return 1.0 / sinh(x); }
__device__ inline double hyperbolicCotangent(double x) { return 1.0 / tanh(x); }
__device__ inline double arcSine(double x) { return asin(x); }
__device__ inline double arcCosine(double x) { return acos(x); }
__device__ inline double arcTangent(double x) { return atan(x); }
__device__ inline double arcSecant(double x) { return acos(1.0 / x); }
__device__ inline double arcCosecant(double x) { return asin(1.0 / x); }
__device__ inline double arcCotangent(double x) { return x == 0.0 ? 1.5707963267948966 : atan(1.0 / x); }
__device__ inline double arcHyperbolicSine(double x) { return asinh(x); }
__device__ inline double arcHyperbolicCosine(double x) { return acosh(x); }
__device__ inline double arcHyperbolicTangent(double x) { return atanh(x); }
__device__ inline double arcHyperbolicSecant(double x) { return acosh(1.0 / x); }
__device__ inline double arcHyperbolicCosecant(double x) { return asinh(1.0 / x); }
__device__ inline double arcHyperbolicCotangent(double x) { return atanh(1.0 / x); }
// Lanczos' approximation (g = 7, nine terms) where the number is not whole
__device__ inline double factorial(double x) {
  if (x == ::floor(x) && fabs(x) < infinity()) {
    if (x < 0.0) return notANumber();
    double product = 1.0;
    for (double factor = 2.0; factor <= x && factor <= 171.0; factor += 1.0) product *= factor;
    return product;
  }
  const double sum = 0.9999999999998099 + 676.5203681218851 / (x + 1.0) - 1259.1392167224028 / (x + 2.0) +
                     771.3234287776531 / (x + 3.0) - 176.6150291621406 / (x + 4.0) + 12.507343278686905 / (x + 5.0) -
                     0.13857109526572012 / (x + 6.0) + 9.984369578019572e-6 / (x + 7.0) + 1.5056327351493116e-7 / (x + 8.0);
  const double shifted = x + 7.5;
  return 2.5066282746310002 * pow(shifted, x + 0.5) * exp(-shifted) * sum;
}
__device__ inline double not_(double x) { return x == 0.0 ? 1.0 : 0.0; }
__device__ inline double truth(double x) { return x != 0.0 ? 1.0 : 0.0; }

// what takes many registers is called, so that the others need few
__device__ __noinline__ double longFunction(int number, double a, double b) {
  switch (number - firstFunction) {
    case 4: return power(a, b);
    case 21: return exponential(a);
    case 22: return logarithm(a);
    case 25: return sine(a);
    case 26: return cosine(a);
    case 27: return tangent(a);
    case 28: return secant(a);
    case 29: return cosecant(a);
    case 30: return cotangent(a);
    case 31: return hyperbolicSine(a);
    case 32: return hyperbolicCosine(a);
    case 33: return hyperbolicTangent(a);
    case 34: return hyperbolicSecant(a);
    case 35: return hyperbolicCosecant(a);
    case 36: return hyperbolicCotangent(a);
    case 37: return arcSine(a);
    case 38: return arcCosine(a);
    case 39: return arcTangent(a);
    case 40: return arcSecant(a);
    case 41: return arcCosecant(a);
    case 42: return arcCotangent(a);
    case 43: return arcHyperbolicSine(a);
    case 44: return arcHyperbolicCosine(a);
    case 45: return arcHyperbolicTangent(a);
    case 46: return arcHyperbolicSecant(a);
    case 47: return arcHyperbolicCosecant(a);
    case 48: return arcHyperbolicCotangent(a);
    case 49: return factorial(a);
    default: return notANumber();
  }
}

__device__ inline double function(int number, double a, double b) {
  switch (number - firstFunction) {
    case 0: return add(a, b);
    case 1: return subtract(a, b);
    case 2: return multiply(a, b);
    case 3: return divide(a, b);
    case 5: return quotient(a, b);
    case 6: return remainder(a, b);
    case 7: return implies(a, b);
    case 8: return minimum(a, b);
    case 9: return maximum(a, b);
    case 10: return and_(a, b);
    case 11: return or_(a, b);
    case 12: return exclusiveOr(a, b);
    case 13: return equal(a, b);
    case 14: return notEqual(a, b);
    case 15: return less(a, b);
    case 16: return lessOrEqual(a, b);
    case 17: return greater(a, b);
    case 18: return greaterOrEqual(a, b);
    case 19: return negate(a);
    case 20: return absolute(a);
    case 23: return floor(a);
    case 24: return ceiling(a);
    case 50: return not_(a);
    case 51: return truth(a);
    default: return longFunction(number, a, b);
  }
}

}  // namespace of
