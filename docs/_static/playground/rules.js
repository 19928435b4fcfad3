// What a hyperparameter may be, by the names that the package gives its rules.
export const RULES = {
  finite: () => true,
  positive: (v) => v > 0,
  nonnegative: (v) => v >= 0,
  "[0, 1)": (v) => v >= 0 && v < 1,
  "[0, 1]": (v) => v >= 0 && v <= 1,
  "at least 1": (v) => v >= 1,
  "at least 4": (v) => v >= 4,
  "positive integer": (v) => v >= 1 && Number.isInteger(v),
};
