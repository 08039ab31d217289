"""How changes in folders are heard: what lies at a path, what inotify lets be watched, and who follows one folder."""
