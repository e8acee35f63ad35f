"""What it costs to find that nothing is to be done: the wizard, pyinfra and Ansible."""
