/** Where the jobs of a chain stand in its picture: in layers from left to right, each behind all that it needs. Pure; in units of the picture. */
export const NODE = { width: 132, height: 58, gapX: 30, gapY: 14, margin: 4 };

export interface Placed {
  name: string;
  x: number;
  y: number;
}
export interface Edge {
  from: string;
  to: string;
  /** Of an SVG path. */
  path: string;
}
export interface Layout {
  width: number;
  height: number;
  nodes: Placed[];
  edges: Edge[];
}

/** `needs` by job, in the order of the file, without cycles; a name that it does not have is left out. */
export function layoutOf(needs: ReadonlyMap<string, readonly string[]>): Layout {
  const rows = sorted(layersOf(needs), needs);
  const tallest = Math.max(1, ...rows.map((layer) => layer.length));
  const step = { x: NODE.width + NODE.gapX, y: NODE.height + NODE.gapY };
  const at = new Map<string, Placed>();
  for (const [column, layer] of rows.entries()) {
    const top = ((tallest - layer.length) * step.y) / 2;
    for (const [row, name] of layer.entries())
      at.set(name, { name, x: NODE.margin + column * step.x, y: NODE.margin + top + row * step.y });
  }
  const edges = [...needs].flatMap(([to, froms]) => froms.flatMap((from) => edge(at.get(from), at.get(to))));
  return {
    width: 2 * NODE.margin + rows.length * step.x - NODE.gapX,
    height: 2 * NODE.margin + tallest * step.y - NODE.gapY,
    nodes: [...at.values()],
    edges,
  };
}

function edge(from: Placed | undefined, to: Placed | undefined): Edge[] {
  if (from === undefined || to === undefined) return [];
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2];
  const [x2, y2] = [to.x, to.y + NODE.height / 2];
  const bend = Math.max(NODE.gapX / 2, (x2 - x1) / 2);
  return [
    {
      from: from.name,
      to: to.name,
      path: `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`,
    },
  ];
}

/** Each job in the first layer that its needs allow. */
function layersOf(needs: ReadonlyMap<string, readonly string[]>): string[][] {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0); // Should there be a cycle after all, it ends here.
    const depth = 1 + Math.max(-1, ...(needs.get(name) ?? []).filter((each) => needs.has(each)).map(depthOf));
    depths.set(name, depth);
    return depth;
  };
  const rows: string[][] = [];
  for (const name of needs.keys()) {
    const depth = depthOf(name);
    while (rows.length <= depth) rows.push([]);
    rows[depth]?.push(name);
  }
  return rows;
}

/** Within a layer by the middle of what each needs, so that few lines cross. */
function sorted(rows: string[][], needs: ReadonlyMap<string, readonly string[]>): string[][] {
  const place = new Map<string, number>();
  return rows.map((layer) => {
    const middle = new Map(
      layer.map((name, index) => {
        const places = (needs.get(name) ?? []).flatMap((each) => place.get(each) ?? []);
        return [name, places.length === 0 ? index : places.reduce((a, b) => a + b, 0) / places.length];
      }),
    );
    const order = layer.toSorted((one, other) => (middle.get(one) ?? 0) - (middle.get(other) ?? 0));
    for (const [index, name] of order.entries()) place.set(name, index - (order.length - 1) / 2);
    return order;
  });
}
