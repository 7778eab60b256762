"""What a document says outside its key tasks: figures, cadences, campaigns and duties; `whole_plan` gathers them."""
