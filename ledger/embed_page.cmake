# Writes a page into a C++ source, byte for byte: FUNCTION() gives it. So the program follows the page that stands in the tree.
file(READ ${FILE} text)
file(WRITE ${OUT} "#include <string_view>\n\nnamespace daybook {\n\nstd::string_view ${FUNCTION}() {\n  return R\"page(${text})page\";\n}\n\n}  // namespace daybook\n")
