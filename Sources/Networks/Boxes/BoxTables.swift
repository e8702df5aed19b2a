import Inference

/// The outputs of a detector as tables, one row for each place.
struct BoxTables {
    /// Some neighbouring columns of a table.
    struct Columns {
        var table: NumberTable
        var first = 0
        var count: Int

        subscript(row: Int, column: Int) -> Float { table[row, first + column] }
    }

    var boxes: Columns
    var scores: Columns
    var objectness: Columns?
    var points: Columns?
    var classes: Columns?
    var offsets: Columns?

    init(_ decoder: BoxDecoder, _ outputs: [String: Tensor]) throws(DecodingError) {
        let numbersOfPoints = decoder.pointCount * decoder.numbersPerPoint
        // The rows of a cell: as many as it has priors, which is then the same on every level.
        let perCell = decoder.levels.first.map { $0.sizes.isEmpty ? decoder.perCell : $0.sizes.count } ?? 1

        func table(_ names: [String], columns: Int?) throws(DecodingError) -> NumberTable {
            var tensors: [(String, Tensor)] = []
            for name in names {
                guard let tensor = outputs[name] else {
                    let known = outputs.keys.sorted().joined(separator: ", ")
                    throw DecodingError("the network has no output \"\(name)\"; it has \(known)")
                }
                tensors.append((name, tensor))
            }
            return try NumberTable(tensors, columns: columns, perCell: perCell)
        }
        func optional(_ names: [String], columns: Int) throws(DecodingError) -> Columns? {
            if names.isEmpty { return nil }
            let table = try table(names, columns: columns)
            return Columns(table: table, count: table.columns)
        }

        switch decoder.layout {
        case .joined(let names, let hasObjectness):
            let before = hasObjectness ? 5 : 4
            let table = try table(names, columns: decoder.classCount.map { before + $0 + numbersOfPoints })
            let count = table.columns - before - numbersOfPoints
            guard count > 0 else {
                throw DecodingError(
                    "output \"\(names[0])\" has \(table.columns) numbers for each place; a box, "
                        + (hasObjectness ? "objectness, " : "") + "\(decoder.pointCount) points and a score take more")
            }
            boxes = Columns(table: table, count: 4)
            objectness = hasObjectness ? Columns(table: table, first: 4, count: 1) : nil
            scores = Columns(table: table, first: before, count: count)
            points = numbersOfPoints == 0 ? nil : Columns(table: table, first: before + count, count: numbersOfPoints)
        case .list(let name):
            let table = try table([name], columns: 6)
            boxes = Columns(table: table, count: 4)
            scores = Columns(table: table, first: 4, count: 1)
            classes = Columns(table: table, first: 5, count: 1)
        case .separate(let names):
            let isHeatmap = if case .heatmap = decoder.coding { true } else { false }
            let boxTable = try table(names.boxes, columns: isHeatmap ? 2 : 4)
            boxes = Columns(table: boxTable, count: boxTable.columns)
            let scoreTable = try table(names.scores, columns: names.classes.isEmpty ? decoder.classCount : 1)
            scores = Columns(table: scoreTable, count: scoreTable.columns)
            objectness = try optional(names.objectness, columns: 1)
            points = try optional(names.points, columns: numbersOfPoints)
            classes = try optional(names.classes, columns: 1)
            offsets = try optional(names.offsets, columns: 2)
        }
        for (what, columns) in [
            ("scores", scores), ("objectness", objectness), ("points", points), ("classes", classes),
            ("offsets", offsets),
        ] as [(String, Columns?)] {
            guard let columns, columns.table.rows != boxes.table.rows else { continue }
            throw DecodingError(
                "the outputs speak of \(boxes.table.rows) boxes but of \(columns.table.rows) \(what)")
        }
    }
}
