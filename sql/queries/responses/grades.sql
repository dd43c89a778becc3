-- name: set_grade(grade, officer, now, id)!
-- How far its writer knows it, and who says so; nobody, when grade is null.
update responses set grade = :grade::text, graded_at = case when :grade::text is not null then :now::timestamptz end,
                     graded_by = case when :grade::text is not null then :officer::text end
where id = :id;
