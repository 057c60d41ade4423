-- An affiliate's code, which attributes an order to it without a click: as shown, and folded as codes are compared. The link has its number, its offer and its affiliate;
-- its slug is the coupon's. From from_at, inclusive, to until_at, exclusive; null is no bound.
CREATE TABLE coupons (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  slug       TEXT    NOT NULL UNIQUE,
  advertiser INTEGER NOT NULL REFERENCES advertisers (number),
  code       TEXT    NOT NULL CHECK (code <> ''),
  folded     TEXT    NOT NULL CHECK (folded <> ''),
  link       INTEGER NOT NULL UNIQUE REFERENCES links (number),
  from_at    INTEGER,
  until_at   INTEGER CHECK (until_at > from_at),
  status     TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX coupons_by_code ON coupons (advertiser, folded);

-- The last guard: of one code no two are at one time with one advertiser, or an order with it would be two affiliates'. One that has ended leaves its code to others.
CREATE TRIGGER coupon_is_one BEFORE INSERT ON coupons
WHEN NEW.status <> 'ended' AND EXISTS (
  SELECT 1 FROM coupons WHERE advertiser = NEW.advertiser AND folded = NEW.folded AND status <> 'ended'
    AND (until_at IS NULL OR NEW.from_at IS NULL OR NEW.from_at < until_at) AND (from_at IS NULL OR NEW.until_at IS NULL OR from_at < NEW.until_at))
BEGIN
  SELECT RAISE(ABORT, 'another coupon has this code at this time');
END;

CREATE TRIGGER coupon_stays_one BEFORE UPDATE ON coupons
WHEN NEW.status <> 'ended' AND EXISTS (
  SELECT 1 FROM coupons WHERE number <> NEW.number AND advertiser = NEW.advertiser AND folded = NEW.folded AND status <> 'ended'
    AND (until_at IS NULL OR NEW.from_at IS NULL OR NEW.from_at < until_at) AND (from_at IS NULL OR NEW.until_at IS NULL OR from_at < NEW.until_at))
BEGIN
  SELECT RAISE(ABORT, 'another coupon has this code at this time');
END;

-- Whose order it is that has a click and a coupon.
ALTER TABLE offers ADD COLUMN attribute_first TEXT NOT NULL DEFAULT 'click' CHECK (attribute_first IN ('click', 'coupon'));

-- What a conversion was attributed by. One by its coupon has no click: where its click ID stands is a text of that length that is none.
ALTER TABLE conversions ADD COLUMN attributed_by TEXT NOT NULL DEFAULT 'click' CHECK (attributed_by IN ('click', 'coupon', 'order'));
