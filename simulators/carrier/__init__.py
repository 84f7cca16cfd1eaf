"""A telephone carrier that speaks Twilio's language over HTTP."""
