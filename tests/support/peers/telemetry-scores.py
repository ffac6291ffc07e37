"""The scores of telemetry-anomaly as its README describes them, in Python's standard library: statistics, bisect, math.

python3 tests/support/peers/telemetry-scores.py > src/workloads/telemetry-anomaly/golden/python.json
"""

import bisect
import json
import math
import platform
import statistics


def series(seed, count):
    """Noise on a slow wave, with what a detector is to find; decimals, so that every language reads the same."""
    state = seed
    values = []
    for at in range(count):
        total = 0
        for _ in range(6):
            state = (1664525 * state + 1013904223) % 2**32
            total += state
        value = 50 + 8 * (total / 2**32 - 3)
        if seed % 2 == 1:
            value += 20 * math.sin(2 * math.pi * at / 48)
        if at in (220, 221, 330):
            value += 60
        if 260 <= at < 300:
            value += 25
        if 370 <= at < 395:
            value = 47.25
        values.append(None if seed == 3 and at in (100, 250) else round(value, 3))
    return values


def spike(before, value):
    return abs(value - statistics.median(before[-6:])) if len(before) >= 6 else None


def shift(before, value):
    line = before + [value]
    if len(line) < 54:
        return None
    near = sum(reversed(line[-6:])) / 6
    far = sum(reversed(line[-54:-6])) / 48
    apart = abs(near - far)
    return 0.0 if apart <= 2**-40 * (abs(near) + abs(far)) else apart


def unlikeness(before, value):
    line = before + [value]
    newest = line[-6:]
    earlier = [line[end - 6 : end] for end in range(len(line) - 6, 5, -1)][:256]
    if len(earlier) < 8:
        return None
    distances = sorted(sum((a - b) ** 2 for a, b in zip(reversed(newest), reversed(one))) for one in earlier)
    return sum(math.sqrt(square) for square in distances[:3])


class Past:
    def __init__(self, learning):
        self.most = min(1500, 4 * learning)
        self.fewest = max(30, math.floor(0.3 * learning))
        self.kept = []
        self.beyond = 0

    def judge(self, statistic):
        score, learned = 0.0, statistic
        if len(self.kept) >= self.fewest:
            ordered = sorted(self.kept)
            largest = max(10, math.ceil(0.02 * len(ordered)))
            start = ordered[-largest - 1]
            scale = 0.9 * (sum(one - start for one in ordered[-largest:]) / largest + 0.02 * start)
            if statistic <= start:
                as_large = len(ordered) - bisect.bisect_left(ordered, statistic)
                score = -math.log10((as_large + 1) / (len(ordered) + 1))
            elif scale == 0:
                score = 12.0
            else:
                tail = math.log(1 + 0.1 * (statistic - start) / scale) / (0.1 * math.log(10))
                score = min(12.0, -math.log10(largest / len(ordered)) + tail)
            if score > 2.5 and self.beyond < 24 and scale > 0:
                rare = (2.5 + math.log10(largest / len(ordered))) * math.log(10)
                learned = min(statistic, start + scale * (math.exp(0.1 * rare) - 1) / 0.1)
        self.beyond = self.beyond + 1 if score > 2.5 else max(0, min(self.beyond, 24) - 1)
        self.kept = (self.kept + [learned])[-self.most :]
        return score


def score(values, learning, alarm):
    pasts = [Past(learning) for _ in range(3)]
    before, quiet, scores, causes = [], 0, [], []
    for value in values:
        if value is None:
            scores.append(None)
            causes.append(0)
            continue
        best, cause = 0.0, 0
        for at, statistic in enumerate((spike(before, value), shift(before, value), unlikeness(before, value))):
            one = 0.0 if statistic is None else pasts[at].judge(statistic)
            if one > best:
                best, cause = one, at + 1
        learns = len(before) < learning
        before.append(value)
        if learns or best == 0:
            best, cause, quiet = 0.0, 0, max(0, quiet - 1)
        elif quiet > 0:
            best, quiet = min(best, alarm) / 2, quiet - 1
        elif best >= alarm:
            quiet = math.floor(0.2 * learning)
        scores.append(best)
        causes.append(cause)
    return {"learning": learning, "values": values, "scores": scores, "causes": causes}


print(
    json.dumps(
        {
            "tool": f"Python {platform.python_version()}, its standard library",
            "command": "python3 tests/support/peers/telemetry-scores.py",
            "alarm": 3.5,
            "streams": [score(series(seed, 450), learning, 3.5) for seed, learning in ((2, 60), (3, 100))],
        }
    )
)
