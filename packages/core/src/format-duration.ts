/**
 * Seconds as people read them: `0.4 s`, `12 s`, `3 min 10 s`, `1 h 42 min`, `3 d 0 h`.
 *
 * @example
 * formatDuration(190) // '3 min 10 s'
 */
export const formatDuration = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return days < 1000 ? `${days} d ${hours % 24} h` : `${Math.round(days / 365.25)} years`
}
