"""特困人员救助供养（五保）: unable to work, no source of income, no one with a duty and means of support.
Source: 社会救助法第十六条；特困人员认定办法第四至九条、第二十四条."""
