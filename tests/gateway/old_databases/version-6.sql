BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'guanai','0001_first','2026-11-27 03:32:12.477027+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'guanai','0002_quarantine','2026-11-27 03:32:12.495642+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'guanai','0003_stored','2026-11-27 03:32:12.497001+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'guanai','0004_paths','2026-11-27 03:32:12.512636+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'guanai','0005_proven','2026-11-27 03:32:12.519938+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'guanai','0006_sent','2026-11-27 03:32:12.521066+00:00');
CREATE TABLE attempt (
        key         text not null,
        number      integer not null,
        at          text not null,
        transport   text not null,
        state       text not null,
        provider_id text not null,
        error       text,
        code        text not null,
        detail      text not null,
        primary key (key, number)
    ) strict, without rowid
    ;
CREATE TABLE inbound (
        provider text not null,
        id       text not null,
        at       text not null,
        sender   text not null,
        text     text not null,
        outcome  text not null,
        primary key (provider, id)
    ) strict, without rowid
    ;
INSERT INTO "inbound" VALUES('twilio','SM1','2026-03-02T08:00:00.000000Z','+85251000001','1','');
CREATE TABLE incident (
        id        text primary key,
        household text not null,
        kind      text not null,
        urgency   text not null,
        cause     text not null,
        response  text not null,
        responder text not null,
        opened_at text not null,
        closed_at text,
        due_at    text,
        body      text not null
    ) strict
    ;
INSERT INTO "incident" VALUES('h1-0001','h1','emergency','high','active','closed','','2026-03-02T08:00:01.000000Z','2026-03-02T08:00:30.000000Z',NULL,'{"id":"h1-0001","household":"h1","kind":"emergency","urgency":"high","opened_at":"2026-03-02T08:00:01Z","reason":{"zh":"按下呼叫","en":"按下呼叫"},"policy":{"steps":[{"tier":"家庭","responders":[{"id":"daughter","name":"王芳","role":"relative","phone":"+85251000001","channels":["sms","voice"],"language":"zh","relation":"","addresses":{},"away":[]}],"wait":"PT60S","order":"all","each":"PT60S","confirm":"anybody","copies":[],"rosters":[]}],"rounds":3,"channels":["sms","voice"],"repeat_every":"PT900S","claim_lease":"PT1200S","on_scene_lease":"PT3600S","quiet":null,"others":[],"deputies":{},"deputy_after":"PT60S","confirm_every":"PT300S"},"subjects":["h1"],"due_at":null,"cause":"active","response":"closed","step":1,"base":0,"told":[],"declined":[],"responder":"","lease_until":null,"findings":1,"outcome":null,"note":"","closed_at":"2026-03-02T08:00:30Z","code":"","group":"","short":{"zh":"","en":""},"must_confirm":[],"confirmed":[],"is_test":false}');
INSERT INTO "incident" VALUES('h1-0002','h1','inactivity','high','active','open','','2026-03-02T08:00:10.000000Z',NULL,'2026-03-02T08:01:10.000000Z','{"id":"h1-0002","household":"h1","kind":"inactivity","urgency":"high","opened_at":"2026-03-02T08:00:10Z","reason":{"zh":"按下呼叫","en":"按下呼叫"},"policy":{"steps":[{"tier":"家庭","responders":[{"id":"daughter","name":"王芳","role":"relative","phone":"+85251000001","channels":["sms","voice"],"language":"zh","relation":"","addresses":{},"away":[]}],"wait":"PT60S","order":"all","each":"PT60S","confirm":"anybody","copies":[],"rosters":[]}],"rounds":3,"channels":["sms","voice"],"repeat_every":"PT900S","claim_lease":"PT1200S","on_scene_lease":"PT3600S","quiet":null,"others":[],"deputies":{},"deputy_after":"PT60S","confirm_every":"PT300S"},"subjects":["h1"],"due_at":"2026-03-02T08:01:10Z","cause":"active","response":"open","step":1,"base":0,"told":[],"declined":[],"responder":"","lease_until":null,"findings":1,"outcome":null,"note":"","closed_at":null,"code":"","group":"","short":{"zh":"","en":""},"must_confirm":[],"confirmed":[],"is_test":false}');
INSERT INTO "incident" VALUES('h1-0003','h1','emergency','high','active','open','','2026-03-02T08:00:40.000000Z',NULL,'2026-03-02T08:01:40.000000Z','{"id":"h1-0003","household":"h1","kind":"emergency","urgency":"high","opened_at":"2026-03-02T08:00:40Z","reason":{"zh":"按下呼叫","en":"按下呼叫"},"policy":{"steps":[{"tier":"家庭","responders":[{"id":"daughter","name":"王芳","role":"relative","phone":"+85251000001","channels":["sms","voice"],"language":"zh","relation":"","addresses":{},"away":[]}],"wait":"PT60S","order":"all","each":"PT60S","confirm":"anybody","copies":[],"rosters":[]}],"rounds":3,"channels":["sms","voice"],"repeat_every":"PT900S","claim_lease":"PT1200S","on_scene_lease":"PT3600S","quiet":null,"others":[],"deputies":{},"deputy_after":"PT60S","confirm_every":"PT300S"},"subjects":["h1"],"due_at":"2026-03-02T08:01:40Z","cause":"active","response":"open","step":1,"base":0,"told":[],"declined":[],"responder":"","lease_until":null,"findings":1,"outcome":null,"note":"","closed_at":null,"code":"","group":"","short":{"zh":"","en":""},"must_confirm":[],"confirmed":[],"is_test":false}');
CREATE TABLE journal (
        seq       integer primary key,
        at        integer not null, -- microseconds since 1970, UTC; never decreasing
        household text not null,
        kind      text not null,
        body      text not null
    ) strict
    ;
INSERT INTO "journal" VALUES(1,1772438400000000,'h1','Motion','{"kind":"Motion","at":"2026-03-02T08:00:00Z","device":"h1-pir"}');
INSERT INTO "journal" VALUES(2,1772438401000000,'h1','HelpCall','{"kind":"HelpCall","at":"2026-03-02T08:00:01Z","device":"h1-button","id":"3f9a:1"}');
INSERT INTO "journal" VALUES(3,1772438430000000,'h1','Reply','{"kind":"Reply","at":"2026-03-02T08:00:30Z","incident":"h1-0001","responder":"daughter","answer":"close","via":"sms"}');
INSERT INTO "journal" VALUES(4,1772438440000000,'h1','HelpCall','{"kind":"HelpCall","at":"2026-03-02T08:00:40Z","device":"h1-button","id":"3f9a:2"}');
INSERT INTO "journal" VALUES(5,1772438450000000,'h1','Motion','{"kind":"Motion","at":"2026-03-02T08:00:50Z","device":"h1-pir"}');
CREATE TABLE outbox (
        key          text primary key,
        household    text not null,
        incident     text not null,
        responder    text not null,
        channel      text not null,
        address      text not null,
        purpose      text not null,
        urgency      text not null,
        text         text not null,
        language     text not null,
        phrase       text,
        state        text not null,
        attempt      integer not null,
        created_at   text not null,
        due_at       text not null,
        lease_until  text,
        expires_at   text not null,
        provider     text not null,
        provider_id  text not null,
        error        text,
        code         text not null,
        detail       text not null,
        submitted_at text,
        final_at     text
    , paths text not null default '[]', template text not null default '', variables text not null default '{}') strict, without rowid
    ;
INSERT INTO "outbox" VALUES('h1-0001/0/daughter/sms','h1','h1-0001','daughter','sms','+85251000001','alarm','high','按下呼叫 h1-0001','zh',NULL,'withdrawn',0,'2026-03-02T08:00:01Z','2026-03-02T08:00:01Z','2026-03-02T08:00:31Z','2026-03-02T08:15:01Z','','',NULL,'','',NULL,'2026-03-02T08:00:30.000000Z','[]','','{}');
INSERT INTO "outbox" VALUES('h1-0002/0/daughter/sms','h1','h1-0002','daughter','sms','+85251000001','alarm','high','按下呼叫 h1-0002','zh',NULL,'leased',0,'2026-03-02T08:00:10Z','2026-03-02T08:00:10Z','2026-03-02T08:00:40Z','2026-03-02T08:15:10Z','','',NULL,'','',NULL,NULL,'[]','','{}');
INSERT INTO "outbox" VALUES('h1-0003/0/daughter/sms','h1','h1-0003','daughter','sms','+85251000001','alarm','high','按下呼叫 h1-0003','zh',NULL,'leased',0,'2026-03-02T08:00:40Z','2026-03-02T08:00:40Z','2026-03-02T08:01:10Z','2026-03-02T08:15:40Z','','',NULL,'','',NULL,NULL,'[]','','{}');
CREATE TABLE proven (
        kind      text not null,
        name      text not null,
        path      text not null,
        proven_at text,
        asked_at  text,
        how       text not null,
        primary key (kind, name, path)
    ) strict, without rowid
    ;
CREATE TABLE quarantine (
        id       integer primary key,
        at       text not null,
        who      text not null,
        reason   text not null,
        expected text not null,
        payload  blob not null
    ) strict
    ;
CREATE TABLE setting (
        name  text primary key,
        value text not null
    ) strict, without rowid
    ;
INSERT INTO "setting" VALUES('colour','蓝');
CREATE TABLE snapshot (
        household text not null,
        seq       integer not null,
        at        text not null,
        body      blob not null,
        primary key (household, seq)
    ) strict
    ;
INSERT INTO "snapshot" VALUES('h1',3,'2026-03-02T08:00:30.000000Z',X'7B22686F757365686F6C64223A7B226964223A226831222C22636F6465223A224831222C226E616D65223A22E78E8BE7A780E585B0E5AEB6222C227A6F6E65223A22417369612F5368616E67686169222C227265736964656E7473223A5B7B226E616D65223A22E78E8BE7A780E585B0222C2263616C6C6564223A22E78E8BE5A5B6E5A5B6222C226C696D697473223A7B7D2C2270686F6E65223A22222C2273706F325F7363616C65223A312C226F6E5F6F787967656E223A66616C73657D5D2C2264657669636573223A7B2268312D627574746F6E223A7B226964223A2268312D627574746F6E222C2270726F66696C65223A226E6174697665222C22726F6C65223A2263616C6C5F627574746F6E222C22726F6F6D223A22222C22746F706963223A22222C22686561727462656174223A6E756C6C2C22737065616B73223A66616C73652C22776F726E223A22222C227265736964656E74223A22227D2C2268312D706972223A7B226964223A2268312D706972222C2270726F66696C65223A226E6174697665222C22726F6C65223A2263616C6C5F627574746F6E222C22726F6F6D223A22222C22746F706963223A22222C22686561727462656174223A6E756C6C2C22737065616B73223A66616C73652C22776F726E223A22222C227265736964656E74223A22227D7D2C22706F6C6963696573223A7B22656D657267656E6379223A7B227374657073223A5B7B2274696572223A22E5AEB6E5BAAD222C22726573706F6E64657273223A5B7B226964223A226461756768746572222C226E616D65223A22E78E8BE88AB3222C22726F6C65223A2272656C6174697665222C2270686F6E65223A222B3835323531303030303031222C226368616E6E656C73223A5B22736D73222C22766F696365225D2C226C616E6775616765223A227A68222C2272656C6174696F6E223A22222C22616464726573736573223A7B7D2C2261776179223A5B5D7D5D2C2277616974223A225054363053222C226F72646572223A22616C6C222C2265616368223A225054363053222C22636F6E6669726D223A22616E79626F6479222C22636F70696573223A5B5D2C22726F7374657273223A5B5D7D5D2C22726F756E6473223A332C226368616E6E656C73223A5B22736D73222C22766F696365225D2C227265706561745F6576657279223A22505439303053222C22636C61696D5F6C65617365223A2250543132303053222C226F6E5F7363656E655F6C65617365223A2250543336303053222C227175696574223A6E756C6C2C226F7468657273223A5B5D2C226465707574696573223A7B7D2C226465707574795F6166746572223A225054363053222C22636F6E6669726D5F6576657279223A22505433303053227D7D2C22706C616365223A22222C226465736B5F70686F6E65223A22222C227369676E6174757265223A22E585B3E788B1E7BD91E585B3222C226C616E6775616765223A227A68222C22646179223A5B2230373A3030222C2232323A3030225D2C22696E61637469766974795F62795F646179223A225054323838303053222C22696E61637469766974795F62795F6E69676874223A225054343332303053222C2266616C73655F616C61726D735F7065725F6D6F6E7468223A312E302C22636F6C645F62656C6F77223A31322E302C22686561745F61626F7665223A33352E302C22636F6C645F6F725F686561745F6166746572223A2250543336303053222C227061746873223A5B7B226E616D65223A227477696C696F222C226368616E6E656C73223A5B22736D73222C22766F696365225D2C226C696E65223A22696E7465726E6574222C226F6E655F776179223A5B5D2C2273617973223A5B5D7D5D2C22726F75746573223A7B7D2C2261736B696E67223A7B2261667465725F66616C6C223A225054323553222C2261667465725F73696C656E6365223A225054363053222C2263616C6C73223A22696E7374656164222C2263616C6C5F6261636B223A747275657D2C22636172655F626564223A66616C73652C22776F7264696E67223A7B7D7D2C226E6F77223A22323032362D30332D30325430383A30303A33305A222C22636F756E74223A322C226F70656E223A7B2268312D30303032223A7B226964223A2268312D30303032222C22686F757365686F6C64223A226831222C226B696E64223A22696E6163746976697479222C22757267656E6379223A2268696768222C226F70656E65645F6174223A22323032362D30332D30325430383A30303A31305A222C22726561736F6E223A7B227A68223A22E68C89E4B88BE591BCE58FAB222C22656E223A22E68C89E4B88BE591BCE58FAB227D2C22706F6C696379223A7B227374657073223A5B7B2274696572223A22E5AEB6E5BAAD222C22726573706F6E64657273223A5B7B226964223A226461756768746572222C226E616D65223A22E78E8BE88AB3222C22726F6C65223A2272656C6174697665222C2270686F6E65223A222B3835323531303030303031222C226368616E6E656C73223A5B22736D73222C22766F696365225D2C226C616E6775616765223A227A68222C2272656C6174696F6E223A22222C22616464726573736573223A7B7D2C2261776179223A5B5D7D5D2C2277616974223A225054363053222C226F72646572223A22616C6C222C2265616368223A225054363053222C22636F6E6669726D223A22616E79626F6479222C22636F70696573223A5B5D2C22726F7374657273223A5B5D7D5D2C22726F756E6473223A332C226368616E6E656C73223A5B22736D73222C22766F696365225D2C227265706561745F6576657279223A22505439303053222C22636C61696D5F6C65617365223A2250543132303053222C226F6E5F7363656E655F6C65617365223A2250543336303053222C227175696574223A6E756C6C2C226F7468657273223A5B5D2C226465707574696573223A7B7D2C226465707574795F6166746572223A225054363053222C22636F6E6669726D5F6576657279223A22505433303053227D2C227375626A65637473223A5B226831225D2C226475655F6174223A22323032362D30332D30325430383A30313A31305A222C226361757365223A22616374697665222C22726573706F6E7365223A226F70656E222C2273746570223A312C2262617365223A302C22746F6C64223A5B5D2C226465636C696E6564223A5B5D2C22726573706F6E646572223A22222C226C656173655F756E74696C223A6E756C6C2C2266696E64696E6773223A312C226F7574636F6D65223A6E756C6C2C226E6F7465223A22222C22636C6F7365645F6174223A6E756C6C2C22636F6465223A22222C2267726F7570223A22222C2273686F7274223A7B227A68223A22222C22656E223A22227D2C226D7573745F636F6E6669726D223A5B5D2C22636F6E6669726D6564223A5B5D2C2269735F74657374223A66616C73657D7D2C227365656E223A5B22336639613A31225D2C226D6F7665645F6174223A6E756C6C2C226865617264223A337D');
CREATE TABLE stored (
        incident text primary key,
        at       text not null
    ) strict, without rowid
    ;
CREATE TABLE timeline (
        incident  text not null, -- empty: the household's own
        household text not null,
        seq       integer not null, -- of the journal
        number    integer not null, -- within one entry
        at        text not null,
        body      text not null,
        primary key (incident, household, seq, number)
    ) strict, without rowid
    ;
INSERT INTO "timeline" VALUES('h1-0001','h1',2,0,'2026-03-02T08:00:01.000000Z','{"at":"2026-03-02T08:00:01Z","incident":"h1-0001","household":"h1","what":"press","who":"h1-button","words":{"zh":"按下呼叫键","en":"The call button was pressed"},"detail":"3f9a:1"}');
INSERT INTO "timeline" VALUES('h1-0001','h1',2,1,'2026-03-02T08:00:01.000000Z','{"at":"2026-03-02T08:00:01Z","incident":"h1-0001","household":"h1","what":"opened","who":"","words":{"zh":"按下呼叫","en":"按下呼叫"}}');
INSERT INTO "timeline" VALUES('h1-0001','h1',2,2,'2026-03-02T08:00:01.000000Z','{"at":"2026-03-02T08:00:01Z","incident":"h1-0001","household":"h1","what":"owed","who":"daughter","words":{"zh":"短信通知","en":"Text message owed"},"key":"h1-0001/0/daughter/sms","detail":"按下呼叫 h1-0001"}');
INSERT INTO "timeline" VALUES('h1-0001','h1',3,2,'2026-03-02T08:00:30.000000Z','{"at":"2026-03-02T08:00:30Z","incident":"h1-0001","household":"h1","what":"reply","who":"daughter","words":{"zh":"短信回复：结束","en":"Answered by text message: it is over"}}');
INSERT INTO "timeline" VALUES('h1-0001','h1',3,3,'2026-03-02T08:00:30.000000Z','{"at":"2026-03-02T08:00:30Z","incident":"h1-0001","household":"h1","what":"withdrawn","who":"","words":{"zh":"未发出的通知已撤回，还在响铃的电话随即挂断","en":"Messages not sent yet were withdrawn; calls still ringing are ended"}}');
INSERT INTO "timeline" VALUES('h1-0001','h1',3,4,'2026-03-02T08:00:30.000000Z','{"at":"2026-03-02T08:00:30Z","incident":"h1-0001","household":"h1","what":"closed","who":"daughter","words":{"zh":"关闭","en":"closed"}}');
INSERT INTO "timeline" VALUES('h1-0002','h1',3,0,'2026-03-02T08:00:10.000000Z','{"at":"2026-03-02T08:00:10Z","incident":"h1-0002","household":"h1","what":"opened","who":"","words":{"zh":"按下呼叫","en":"按下呼叫"}}');
INSERT INTO "timeline" VALUES('h1-0002','h1',3,1,'2026-03-02T08:00:10.000000Z','{"at":"2026-03-02T08:00:10Z","incident":"h1-0002","household":"h1","what":"owed","who":"daughter","words":{"zh":"短信通知","en":"Text message owed"},"key":"h1-0002/0/daughter/sms","detail":"按下呼叫 h1-0002"}');
INSERT INTO "timeline" VALUES('h1-0003','h1',4,0,'2026-03-02T08:00:40.000000Z','{"at":"2026-03-02T08:00:40Z","incident":"h1-0003","household":"h1","what":"press","who":"h1-button","words":{"zh":"按下呼叫键","en":"The call button was pressed"},"detail":"3f9a:2"}');
INSERT INTO "timeline" VALUES('h1-0003','h1',4,1,'2026-03-02T08:00:40.000000Z','{"at":"2026-03-02T08:00:40Z","incident":"h1-0003","household":"h1","what":"opened","who":"","words":{"zh":"按下呼叫","en":"按下呼叫"}}');
INSERT INTO "timeline" VALUES('h1-0003','h1',4,2,'2026-03-02T08:00:40.000000Z','{"at":"2026-03-02T08:00:40Z","incident":"h1-0003","household":"h1","what":"owed","who":"daughter","words":{"zh":"短信通知","en":"Text message owed"},"key":"h1-0003/0/daughter/sms","detail":"按下呼叫 h1-0003"}');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX outbox_owed on outbox (due_at) where state not in
        ('delivered', 'heard', 'undelivered', 'failed', 'withdrawn', 'expired')
    ;
CREATE INDEX incident_opened on incident (opened_at);
CREATE INDEX incident_not_over on incident (id) where response != 'closed';
CREATE INDEX outbox_sent on outbox (submitted_at) where submitted_at is not null;
COMMIT;
