-- API clients.

CREATE TABLE apps (id uuid PRIMARY KEY);
