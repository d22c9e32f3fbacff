"""Two thin renderers of `models.letter.Letter`: DOCX to edit and sign, PDF to read and send."""
