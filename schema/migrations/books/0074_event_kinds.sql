-- What an event is to the life of a customer: reports of renewals, activation and cohorts follow it. Events that are called so are it already.
ALTER TABLE offer_events ADD COLUMN kind TEXT NOT NULL DEFAULT 'other'
  CHECK (kind IN ('lead', 'trial', 'activation', 'sale', 'renewal', 'install', 'other'));

UPDATE offer_events SET kind = CASE
    WHEN lower(name) IN ('lead', 'signup', 'sign_up', 'sign-up', 'registration', 'register') THEN 'lead'
    WHEN lower(name) IN ('trial', 'free_trial', 'trial_started', 'start_trial') THEN 'trial'
    WHEN lower(name) IN ('activation', 'activated', 'activate') THEN 'activation'
    WHEN lower(name) IN ('sale', 'purchase', 'order', 'subscription', 'subscribe', 'deposit', 'ftd') THEN 'sale'
    WHEN lower(name) IN ('renewal', 'renew', 'rebill', 'redeposit') THEN 'renewal'
    WHEN lower(name) IN ('install', 'app_install') THEN 'install'
    ELSE 'other' END;
