-- Letters wait for the workers' next look (0.2 s) instead of calling them. A commit with a NOTIFY waits until the one
-- before it is on disk, whoever's that is: people who signed up at once stood in one line.
drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on procrastinate_jobs;
create trigger procrastinate_jobs_notify_queue_job_inserted_v1 after insert on procrastinate_jobs
  for each row when (new.status = 'todo' and new.queue_name <> 'letters')
  execute function procrastinate_notify_queue_job_inserted_v1();
