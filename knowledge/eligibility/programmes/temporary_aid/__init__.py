"""临时救助（急难型、支出型）: a sudden, pressing or disastrous difficulty, now, whoever one is.
Source: 社会救助法第二十九、三十七、五十条；民发〔2018〕23号（意见，无条号）；国办发〔2023〕39号."""
