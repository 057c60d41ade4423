-- Hours of the click log whose pieces in the archive came, changed or went since the signed log had a root over them. `changes` counts, so that what changes while a root is made stays due.
CREATE TABLE due_click_roots (
  hour    INTEGER PRIMARY KEY,
  changes INTEGER NOT NULL
) STRICT;

CREATE TRIGGER click_root_is_due_when_piece_comes AFTER INSERT ON archive_pieces WHEN NEW.log = 'clicks'
BEGIN
  INSERT INTO due_click_roots VALUES (NEW.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

CREATE TRIGGER click_root_is_due_when_piece_changes AFTER UPDATE OF sha256 ON archive_pieces WHEN NEW.log = 'clicks' AND OLD.sha256 <> NEW.sha256
BEGIN
  INSERT INTO due_click_roots VALUES (NEW.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

CREATE TRIGGER click_root_is_due_when_piece_goes AFTER DELETE ON archive_pieces WHEN OLD.log = 'clicks'
BEGIN
  INSERT INTO due_click_roots VALUES (OLD.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

INSERT INTO due_click_roots SELECT DISTINCT hour, 1 FROM archive_pieces WHERE log = 'clicks';
