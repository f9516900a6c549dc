/** The process of the stage `theory-report`. @module */
