# Writes WHO_MAY_SEE.md into a C++ source, byte for byte, so that the program goes by the very page that people review.
file(READ ${IN} text)
file(WRITE ${OUT} "#include \"projections/see_table.h\"\n\nnamespace daybook {\n\nstd::string_view who_may_see() { return R\"page(${text})page\"; }\n\n}  // namespace daybook\n")
