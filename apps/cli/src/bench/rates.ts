export const ffnRates = (b: any) => b.rows.map(() => ({ dense: { gigaflopsPerSecond: 1, gigabytesPerSecond: 1 }, lookup: { gigaflopsPerSecond: 1, gigabytesPerSecond: 1 } }));
