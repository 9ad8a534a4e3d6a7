"""The physical person: skeleton, skin, collision, supports and balance."""
