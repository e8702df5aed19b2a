import Operations

extension PatternPlaces: Finding {}
