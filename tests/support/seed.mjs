// The seed of what a test draws at random, and its line in the log: `SEED` repeats a run.
export const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
if (!Number.isSafeInteger(seed)) throw new Error(`SEED is a whole number: ${process.env.SEED}`);
console.log(`SEED=${seed}`);
