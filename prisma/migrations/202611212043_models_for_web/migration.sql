-- Web may see which models there are, as it may see which repositories: it sees the whole policy already.
GRANT SELECT ON gate.model_view TO nightgate_web;
