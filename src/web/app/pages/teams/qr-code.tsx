import { useEffect, useState } from 'preact/hooks';

/** A QR code as SVG: no `data:` address, which the policy refuses. Dark on white in both themes, as readers want. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [rows, setRows] = useState<boolean[][]>();
  useEffect(() => {
    import('qr').then(
      ({ encodeQR }) => setRows(encodeQR(text, 'raw', { border: 4 })),
      () => undefined, // the code and its link are there all the same
    );
  }, [text]);
  if (rows === undefined) return null;
  const size = String(rows.length);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={drawSquares(rows)} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

const drawSquares = (rows: readonly (readonly boolean[])[]): string =>
  rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
