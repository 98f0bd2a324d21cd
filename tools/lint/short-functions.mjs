// A function that does not fit on a screen is read in two halves, and the fault is where they meet. What a function
// only contains is not what it does: the lines of a function inside it are counted there, so that a factory of several
// small functions is as long as its wiring (the built-in max-lines-per-function counts it as one giant).
// Instead: give the second half a name.
const LINES_MAX = 60;
const isBlankOrComment = (line) => /^\s*(\/\/.*|\/?\*.*)?$/.test(line);

export const shortFunctions = {
  create(context) {
    /** One entry per function that is being walked: the lines of those inside it. */
    const open = [];
    const enter = () => open.push(new Set());
    const leave = (node) => {
      const inside = open.pop();
      const { start, end } = node.loc;
      let own = 0;
      for (let line = start.line; line <= end.line; line += 1) {
        if (!inside.has(line) && !isBlankOrComment(context.sourceCode.lines[line - 1] ?? "")) own += 1;
      }
      const outer = open.at(-1);
      if (outer) for (let line = start.line + 1; line < end.line; line += 1) outer.add(line);
      if (own <= LINES_MAX) return;
      context.report({
        node,
        message: `This function has ${own} lines of its own, more than ${LINES_MAX}. Give a part of it a name.`,
      });
    };
    return {
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      ArrowFunctionExpression: enter,
      "FunctionDeclaration:exit": leave,
      "FunctionExpression:exit": leave,
      "ArrowFunctionExpression:exit": leave,
    };
  },
};
