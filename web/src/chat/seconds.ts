// Seconds that are left until a moment, counted down once a second.
import { useEffect, useState } from "react";

export const secondsUntil = (at: number | null, now: number): number => (at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1000)));

export function useSecondsUntil(at: number | null): number {
  const [seconds, setSeconds] = useState(() => secondsUntil(at, Date.now()));
  useEffect(() => {
    const tick = () => {
      const left = secondsUntil(at, Date.now());
      setSeconds(left);
      if (left === 0) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    tick();
    return () => clearInterval(timer);
  }, [at]);
  return seconds;
}
