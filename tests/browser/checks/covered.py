"""Which test covers which check of the screens, by its number. Where a check is for the eye, its pictures."""

from __future__ import annotations

from typing import Final

HERE: Final = "tests/browser/checks"
COVERED: Final[dict[int, tuple[str, ...]]] = {
    1: (f"{HERE}/test_saving.py::test_check_01_composition_makes_one_save_of_the_finished_words",),
    2: (f"{HERE}/test_saving.py::test_check_02_typing_goes_on_during_a_slow_save",),
    3: (f"{HERE}/test_tables.py::test_check_03_the_tasks_of_the_sample_in_one_block_each",),
    4: (f"{HERE}/test_tables.py::test_check_04_quotes_lines_and_wide_digits",),
    5: (f"{HERE}/test_tables.py::test_check_05_a_long_block_is_shown_first_and_taken_back_whole",),
    6: (f"{HERE}/test_findings.py::test_check_06_a_reminder_has_a_link_and_the_form_goes_out_with_a_reason",),
    7: (f"{HERE}/test_saving.py::test_check_07_a_cent_too_much_is_said_at_once_and_blocks",),
    8: (f"{HERE}/test_tables.py::test_check_08_words_of_selects_that_a_page_break_split",),
    9: (f"{HERE}/test_saving.py::test_check_09_different_rows_go_together_and_one_cell_asks_in_place",),
    10: (
        f"{HERE}/test_saving.py::test_check_10_others_are_seen_come_and_go",
        f"{HERE}/test_saving.py::test_check_10_a_closed_window_is_gone_at_once",
    ),
    11: (
        f"{HERE}/test_saving.py::test_check_11_a_session_that_ended_asks_in_place_and_saves_once",
        f"{HERE}/test_saving.py::test_check_11_another_person_never_saves_what_is_typed_here",
    ),
    12: (
        f"{HERE}/test_saving.py::test_check_12_two_minutes_without_a_network",
        f"{HERE}/test_saving.py::test_check_12_without_a_network_nothing_is_lost",
        f"{HERE}/test_saving.py::test_check_12_a_reload_without_a_network_gives_it_back",
        f"{HERE}/test_saving.py::test_check_12_what_is_left_of_an_earlier_page_asks_where_others_changed_it",
    ),
    13: (f"{HERE}/test_saving.py::test_check_13_a_killed_tab_has_saved_what_was_typed_two_seconds_ago",),
    14: (
        f"{HERE}/test_without_scripts.py::test_check_14_every_section_saves_without_scripts",
        f"{HERE}/test_without_scripts.py::test_check_14_rows_are_added_moved_and_deleted_by_buttons",
        f"{HERE}/test_without_scripts.py::test_check_14_the_whole_form_is_handed_in_and_taken_back_without_scripts",
    ),
    15: (f"{HERE}/test_tables.py::test_check_15_rows_move_by_keys_and_by_buttons",),
    16: (f"{HERE}/test_tables.py::test_check_16_a_deleted_row_comes_back_where_it_stood",),
    17: (
        f"{HERE}/test_handing_in.py::test_check_17_a_double_click_hands_in_once",
        f"{HERE}/test_without_scripts.py::test_check_17_a_double_click_without_scripts_is_one_act_too",
    ),
    18: (f"{HERE}/test_saving.py::test_check_18_yuan_in_a_column_of_ten_thousands_is_offered_never_turned",),
    19: (f"{HERE}/test_looks_of_states.py::test_check_19_no_text_of_a_cell_is_clipped",),
    20: (
        f"{HERE}/test_looks_of_states.py::test_check_20_a_block_of_fifty_rows_is_in_at_once",
        f"{HERE}/test_two_hundred_rows.py::test_check_20_a_block_of_fifty_rows_goes_over_two_hundred",
    ),
    21: (f"{HERE}/test_starting.py::test_check_21_amounts_are_empty_tags_show_and_untouched_cells_are_listed",),
    22: (f"{HERE}/test_findings.py::test_check_22_a_mark_blocks_with_guidance",),
    23: (
        f"{HERE}/test_review.py::test_check_23_words_are_due_for_a_return_and_below_excellent",
        f"{HERE}/test_review.py::test_check_23_one_filled_button_and_one_outlined_in_red",
    ),
    24: (f"{HERE}/test_review.py::test_check_24_a_remark_is_its_authors_until_the_decision",),
    25: (
        f"{HERE}/test_review.py::test_check_25_a_withdrawn_form_cannot_be_decided",
        f"{HERE}/test_review.py::test_check_25_the_second_of_two_clicks_gets_the_answer_of_the_first",
    ),
    26: (f"{HERE}/test_review.py::test_check_26_differences_and_counts_agree_with_the_data",),
    27: (f"{HERE}/test_review.py::test_check_27_a_change_is_read_without_colour",),
    28: (f"{HERE}/test_review.py::test_check_28_a_second_round_opens_on_what_changed_with_every_answer",),
    29: (f"{HERE}/test_desk.py::test_check_29_the_next_form_opens_at_its_top_with_focus_on_its_heading",),
    30: (f"{HERE}/test_desk.py::test_check_30_the_head_ticks_this_page_and_all_is_a_second_action",),
    31: (
        "tests/web/test_desk_pages.py::test_a_batch_with_one_changed_form_passes_eleven_and_skips_one_with_its_reason",
    ),
    32: ("tests/web/test_desk_pages.py::test_the_number_of_each_box_is_the_length_of_the_list_that_it_opens",),
    33: (f"{HERE}/test_desk.py::test_check_33_filters_page_scroll_and_mark_survive_open_and_back",),
    34: (f"{HERE}/test_desk.py::test_check_34_a_filter_with_no_match_shows_no_line",),
    35: (f"{HERE}/test_desk.py::test_check_35_a_second_urge_is_refused_with_the_time",),
    36: (f"{HERE}/test_reminders.py::test_check_36_the_preview_names_those_who_are_told",),
    37: (f"{HERE}/test_review.py::test_check_37_every_score_recomputes_and_the_cap_is_said",),
    38: (f"{HERE}/test_review.py::test_check_38_a_form_is_withdrawn_until_somebody_decided",),
    39: (
        f"{HERE}/test_looks_of_states.py::test_check_39_40_every_state_is_legible_at_every_width",
        "tests/browser/test_looks.py::test_a_page_is_legible_to_everybody",
        "tests/browser/test_screen_states.py::test_check_39_40_every_state_of_every_screen_is_legible",
    ),
    40: (
        f"{HERE}/test_looks_of_states.py::test_check_39_40_every_state_is_legible_at_every_width",
        "tests/browser/test_looks.py::test_a_page_is_legible_to_everybody",
        "tests/browser/test_screen_states.py::test_check_39_40_every_state_of_every_screen_is_legible",
    ),
    41: (
        f"{HERE}/test_looks_of_states.py::test_check_41_the_focus_is_never_under_a_bar",
        f"{HERE}/test_focus_and_hands.py::test_check_41_the_focus_is_seen_and_goes_as_one_reads",
        "tests/browser/test_project_form.py::test_check_41_the_focus_is_seen_and_goes_as_one_reads",
    ),
    42: (
        "tests/browser/test_hands.py::test_fingers_find_what_they_press",
        f"{HERE}/test_targets.py::test_check_42_every_target_of_the_editor_is_large_enough",
        f"{HERE}/test_targets.py::test_check_42_what_acts_on_a_phone_fits_a_thumb",
    ),
    43: ("tests/house/test_look.py::test_check_43_text_stands_out_from_its_ground",),
    44: (
        "tests/browser/test_hands.py::test_keys_move_only_inside_the_list",
        "tests/browser/test_hands.py::test_check_44_no_key_moves_in_a_list_once_they_are_off",
        f"{HERE}/test_keys.py::test_check_44_letters_in_a_field_of_the_editor_are_letters",
        f"{HERE}/test_keys.py::test_check_44_letters_in_the_fields_of_a_list_are_letters",
        f"{HERE}/test_keys.py::test_check_44_no_key_acts_while_an_input_method_composes",
        f"{HERE}/test_keys.py::test_check_44_no_shortcut_of_the_editor_acts_once_they_are_off",
        f"{HERE}/test_keys.py::test_check_44_the_choice_goes_with_the_person_and_comes_back",
        f"{HERE}/test_keys.py::test_check_44_a_key_shows_which_there_are",
    ),
    45: (f"{HERE}/test_findings.py::test_check_45_a_refusal_says_so_in_its_title_takes_focus_and_links_to_its_field",),
    46: (
        "tests/browser/test_looks.py::test_a_page_is_legible_to_everybody",
        f"{HERE}/test_traffic.py::test_check_46_the_editor_speaks_to_its_own_host_alone_and_breaks_no_rule_of_its_policy",
        f"{HERE}/test_traffic.py::test_check_46_the_policy_holds_against_what_would_get_into_a_page",
    ),
    47: (
        "tests/house/test_look.py::test_check_47_style_and_scripts_are_light_and_packed",
        f"{HERE}/test_traffic.py::test_check_47_a_first_visit_is_light_and_its_files_are_kept_for_ever",
        f"{HERE}/test_traffic.py::test_check_47_files_are_packed_by_the_build_and_plain_for_those_who_cannot_unpack",
        f"{HERE}/test_traffic.py::test_check_47_where_one_address_answers_twice_a_cache_is_told",
    ),
    48: (
        f"{HERE}/test_stillness.py::test_check_48_a_screen_stands_still_while_it_loads",
        f"{HERE}/test_stillness.py::test_check_48_nothing_of_the_editor_moves_for_a_slow_save",
        f"{HERE}/test_stillness.py::test_check_48_nothing_of_the_editor_moves_when_it_asks_who_is_here",
        f"{HERE}/test_stillness.py::test_check_48_nothing_of_the_editor_moves_while_a_slow_check_is_on_its_way",
        f"{HERE}/test_stillness.py::test_check_48_nothing_of_the_review_moves_for_a_slow_answer",
    ),
    49: (
        f"{HERE}/test_printing.py::test_check_49_pages_are_a4_with_heads_and_numbers_and_whole_rows",
        f"{HERE}/test_printing.py::test_check_49_the_letters_are_those_of_a_book",
    ),
    50: (
        f"{HERE}/test_printing.py::test_check_50_the_words_stand_in_the_order_of_the_sample",
        f"{HERE}/test_printing.py::test_check_50_cells_are_merged_as_in_the_sample",
    ),
    51: ("tests/web/test_formats.py::test_figures",),
    52: (
        f"{HERE}/test_greyscale.py::test_check_52_a_state_is_a_word_with_an_icon_and_only_what_is_late_is_solid_red",
        f"{HERE}/test_greyscale.py::test_check_52_chips_are_told_apart_by_more_than_their_tint",
    ),
    53: (
        "tests/browser/test_long_words.py::test_check_53_english_is_whole_and_has_room_to_grow",
        f"{HERE}/test_long_words_of_states.py::test_check_53_states_of_the_editor_are_english_and_have_room_to_grow",
    ),
    54: ("tests/house/test_look.py::test_check_54_nothing_is_newer_than_the_oldest_browser",),
    # The public pages belong to the issue of disclosure, and most of this check with them: here is what holds without them.
    55: (
        f"{HERE}/test_withheld.py::test_check_55_what_was_withheld_is_on_no_page_and_in_no_file",
        f"{HERE}/test_withheld_words.py::test_check_55_no_file_and_no_print_tells_of_those_who_handled_a_form",
        f"{HERE}/test_withheld_words.py::test_check_55_nobody_without_the_right_gets_any_of_it",
    ),
    56: (f"{HERE}/test_looks_of_states.py::test_check_56_every_action_is_reachable_at_large_zoom",),
}
