-- When the device itself last said that it showed a message: that a push service took one proves nothing about a phone.
ALTER TABLE gate.push_subscriptions ADD COLUMN shown_at timestamptz;
