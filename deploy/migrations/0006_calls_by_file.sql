-- Who may open a recording follows from its call.
create index call_record_media on call_record (media_id) where media_id is not null;
