-- Affiliates and advertisers set up destinations of their own, and read no others.
CREATE INDEX destinations_of_owner ON destinations (owner_type, owner);
