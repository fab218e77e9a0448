"""The public record of a correspondence: letters, questions, statements, assessments, silence."""
