"""The command backcare: the notebooks laid into a person's folder, opened, shown and given on."""
