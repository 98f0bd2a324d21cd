// A mirror's name in the tree works on one machine and on no other, and tells strangers where we build. Package
// managers find their registry in the machine's own settings.
// Instead: leave the registry out; in tests use example.com names, or the well-known public hosts that rule packs name.
const PRIVATE_HOST =
  /\b(?:https?:\/\/|git@)(?:[a-z0-9-]+\.)*(?:artifactory|nexus|verdaccio|mirror|proxy-registry)[a-z0-9.-]*\.[a-z]{2,}/i;

function check(context, node, text) {
  if (typeof text === "string" && PRIVATE_HOST.test(text)) {
    context.report({
      node,
      message: "This names a private package mirror. Leave the registry to the machine's settings.",
    });
  }
}

export const noRegistryHost = {
  create(context) {
    return {
      Literal: (node) => check(context, node, node.value),
      TemplateElement: (node) => check(context, node, node.value?.cooked),
    };
  },
};
