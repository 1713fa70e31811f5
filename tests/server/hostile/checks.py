"""Sentences that hold or do not, printed as they are found."""


class Checks:
    def __init__(self):
        self.made, self.failed = 0, 0

    def that(self, sentence, holds, found=""):
        self.made += 1
        if holds:
            print(f"  {sentence}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED: {sentence}{': ' if found else ''}{found}", flush=True)
        return holds

    def none(self, sentence, wrong):
        """`wrong` has what is against it; of many the first few are printed."""
        return self.that(sentence, not wrong, f"{len(wrong)}, such as " + "; ".join(str(one) for one in wrong[:5]) if wrong else "")


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
