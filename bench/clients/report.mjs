/** One JSON line of figures on stdout: from the first request to the last answer written. */
export const report = {
  start() {
    return { at: performance.now(), cpu: process.cpuUsage() };
  },
  end(started, answered, more = {}) {
    const seconds = (performance.now() - started.at) / 1000;
    const { user, system } = process.cpuUsage(started.cpu);
    const figures = {
      answered,
      seconds: Number(seconds.toFixed(3)),
      rps: Math.round(answered / seconds),
      cpu_us: Number(((user + system) / answered).toFixed(1)),
      cpu_s: Number(((user + system) / 1e6).toFixed(2)),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      ...more,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  },
};
