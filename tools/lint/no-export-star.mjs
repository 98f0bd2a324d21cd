// `export *` makes barrels: they hide where a thing lives, and they are how import cycles begin.
// Instead: import the file that you mean, as @nightgate/shared/holds.
export const noExportStar = {
  create(context) {
    return {
      ExportAllDeclaration(node) {
        context.report({ node, message: "No `export *`. Import the file that you mean." });
      },
    };
  },
};
