"""The cluster, its nodes and its instances, as Ganeti knows them."""
