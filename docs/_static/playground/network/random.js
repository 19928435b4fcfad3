// The random numbers of numpy.random.default_rng, so that batches, labels and noise are those of adamdoc.train:
// NumPy's SeedSequence, M. E. O'Neill's PCG64 (2014), and the ziggurat of G. Marsaglia and W. W. Tsang (2000).
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
  const random = () => Number(bits64() >> 11n) / 2 ** 53;
  return {
    /** Return a number from 0 to 1. */
    random,
    /** Return a standard normal number. */
    normal() {
      const { edge, inside, width, height } = (layers ??= ziggurat());
      for (;;) {
        const bits = bits64();
        const k = Number(bits & 255n);
        const place = Number((bits >> 9n) & 0xfffffffffffffn);
        const x = ((bits >> 8n) & 1n ? -place : place) * width[k];
        if (place < inside[k]) return x;
        if (k > 0) {
          if ((height[k - 1] - height[k]) * random() + height[k] < Math.exp((-x * x) / 2)) return x;
          continue;
        }
        for (;;) {
          const beyond = -Math.log1p(-random()) / edge;
          const above = -Math.log1p(-random());
          if (2 * above > beyond * beyond) return ((bits >> 17n) & 1n ? -1 : 1) * (edge + beyond);
        }
      }
    },
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

/** Made when the first normal number is asked for. */
let layers = null;

/** Return the 256 layers of equal area below the bell curve: how wide each is, how high, and how much of it is inside. */
function ziggurat() {
  const [edge, area] = [3.6541528853610088, 0.004928673233974655];
  const [inside, width, height] = [0, 0, 0].map(() => new Float64Array(256));
  let x = edge;
  let h = Math.exp((-edge * edge) / 2);
  width[0] = area / h;
  inside[0] = edge / width[0];
  for (let k = 255; k > 0; k--) {
    [width[k], height[k]] = [x, h];
    h += area / x;
    const next = k > 1 ? Math.sqrt(-2 * Math.log(h)) : 0;
    inside[k] = next / x;
    x = next;
    h = Math.exp((-x * x) / 2);
  }
  height[0] = 1;
  const scale = 2 ** 52; // of the 52 bits that choose the place in a layer
  return { edge, height, inside: inside.map((share) => share * scale), width: width.map((w) => w / scale) };
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
