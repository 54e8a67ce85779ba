/** The n-th number of a prefix in Britain; 10,000 each. */
export const gb = (prefix: number, n = 0): string =>
  `+4474${String(prefix).padStart(4, '0')}${String(n).padStart(4, '0')}`;
export const us = (n: number): string => `+1202834${String(n).padStart(4, '0')}`;
