// What the page calls: a call of one library to that of another.
import { matchingCalls, reproduce } from "./engine.js";
import { nearestCall } from "./nearest.js";

/** Return { matched, call }, or the nearest call and how it differs, or the reason why there is none. */
export async function translate(call, library, base, optimizer = reproduce(call)) {
  const [found] = matchingCalls(optimizer, library);
  return found ? { matched: true, call: found } : { matched: false, ...(await nearestCall(call, optimizer, library, base)) };
}
