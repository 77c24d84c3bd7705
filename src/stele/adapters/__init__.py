"""Ring 2: the ports of `stele.service.ports` made real: store, objects, dispatch, egress, notice."""
