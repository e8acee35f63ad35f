"""How hosts are looked at for one step and for several."""
