"""What a control plane of API7 Cloud holds, as desired state."""
