# Writes the shipped charters into a C++ source, byte for byte, so that the program needs no files beside it.
set(body "")
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} text)
  get_filename_component(name ${file} NAME)
  string(APPEND body "    {\"${name}\", R\"charter(${text})charter\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"ledger/charter.h\"\n\nnamespace daybook {\n\nstd::vector<ShippedCharter> shipped_charters() {\n  return {\n${body}  };\n}\n\n}  // namespace daybook\n")
