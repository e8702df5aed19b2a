print("svertka")
