// The random numbers of numpy.random.default_rng: NumPy's SeedSequence and PCG64, so that batches and labels
// are those of adamdoc.train. M. E. O'Neill, "PCG", 2014; the seeding is that of NumPy's own SeedSequence.
const U64 = (1n << 64n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** Return the generator of a seed: a whole number below 2^32, or a list of them. */
export function generator(seed) {
  const [high, low, streamHigh, streamLow] = words([seed].flat());
  const step = (2n * ((streamHigh << 64n) | streamLow) + 1n) & ((1n << 128n) - 1n);
  const next = (from) => BigInt.asUintN(128, from * MULTIPLIER + step);
  let state = next(next(0n) + ((high << 64n) | low));
  let kept = null; // of the 64 bits, NumPy uses the lower 32 first

  const bits64 = () => {
    state = next(state);
    const [mixed, turn] = [((state >> 64n) ^ state) & U64, state >> 122n];
    return ((mixed >> turn) | (mixed << (64n - turn))) & U64;
  };
  const bits32 = () => {
    if (kept !== null) {
      const found = kept;
      kept = null;
      return found;
    }
    const both = bits64();
    kept = both >> 32n;
    return both & 0xffffffffn;
  };
  /** Return a whole number from 0 to `last`: the lowest bits that it needs, drawn until they are not above it. */
  const upTo = (last) => {
    const mask = BigInt(2 ** (32 - Math.clz32(last)) - 1);
    for (;;) {
      const found = Number(bits32() & mask);
      if (found <= last) return found;
    }
  };
  return {
    /** Return a number from 0 to 1. */
    random: () => Number(bits64() >> 11n) / 2 ** 53,
    /** Return the numbers from 0 to n - 1 in a random order. */
    permutation(n) {
      const order = Uint16Array.from({ length: n }, (_, k) => k);
      for (let i = n - 1; i > 0; i--) {
        const j = upTo(i);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}

/** Return the four numbers of 64 bits with which a seed starts the generator. */
function words(entropy) {
  const hash = (start, factor) => (value) => {
    const mixed = Math.imul(value ^ start, (start = Math.imul(start, factor)));
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const mix = (a, b) => {
    const mixed = Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const stir = hash(0x43b0d7e5, 0x931e8875);
  const pool = [0, 1, 2, 3].map((k) => stir(entropy[k] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], stir(pool[from]));
  }
  const draw = hash(0x8b51f9dd, 0x58f38ded);
  const halves = Array.from({ length: 8 }, (_, k) => BigInt(draw(pool[k % 4])));
  return [0, 2, 4, 6].map((k) => halves[k] | (halves[k + 1] << 32n));
}
