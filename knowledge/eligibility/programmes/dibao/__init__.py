"""最低生活保障（低保）: income and property of those living together, and the single-person route.
Source: 社会救助法第十八、二十一条；最低生活保障审核确认办法第七、八、十三、十四条."""
